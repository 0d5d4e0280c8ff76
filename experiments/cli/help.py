"""What ``--help`` says about overrides, by job."""

from collections.abc import Mapping

ARMS = """\
  arm=[uniform,wecasa_2025,mine]        which policies: names of configs/arm/*.yaml or configs/allocator/*.yaml
  'arm=[uniform,uniform+points+recovery]'   the same arm without and with loyalty programmes: names of configs/programme/*.yaml
  'programme=[points]'                  a programme for all arms, the control too"""
CONTROL = """\
  control=uniform                       the arm the others are compared with"""
REPLICATIONS = """\
  replications=8 seed=7 workers=2       how many runs an arm, which random numbers, how many processes (0: one per core)"""
PRECISION = """\
  precision=.005                        add replications until every difference in precision_metric=return_rate_6m is known to
                                        0.5 points, with max_replications=200 at most
  'equivalence_margin={return_rate_6m: .002}'   differences surely smaller than this are called practically equal"""
ONE_ARM = """\
  arm=rating control=rating             the policy under which the market is judged"""
RACE = """\
  metric=return_rate_6m                 what the best is best in: any metric with a good direction
  delta=.003 alpha=.05                  smallest lead worth finding, in the metric's own unit (.003 of a share: 0.3 points), and the
                                        allowed probability of a wrong choice
  procedure=kn | kn++ | ocba            finite-sample guarantee; fewer runs, guarantee in the limit of small delta; no guarantee,
                                        the best use of a budget
  budget=500                            most runs over all arms; ocba spends it, the others stop there without a guarantee
  n0=10 seed=7 workers=2                first runs of each arm, which random numbers, how many processes (0: one per core)"""
FACTORS = """\
  'factors={arm.score.min_sessions: [0, 30], economics.payback_bookings: [2, 3, 4]}'
                                        keys and their values; "arm." is the studied arm, sections of the market need no prefix
  studied=wecasa_2025                   the arm that is studied; it must be among arm=[...]
  control=uniform                       another arm among them: effects on the difference to it, at each point
  design=full                           every combination; fractional_5 or fractional_4: a part of them, two values a factor
  design=latin_hypercube points=64 'factors={clients.one_time_share: {low: .3, high: .7}}'
                                        points spread over ranges, and the share of the variance that each factor explains
  metrics=[return_rate_6m,fill_rate]    what is measured; the first is drawn
  'equivalence_margin={return_rate_6m: .002}'   effects surely smaller than this are called practically equal
  experiment=interplay                  a prepared study: a name of configs/experiment/*.yaml"""
SOURCE = """\
  data=bookings.csv                     a file of any kind, a row a booking; several: data=[a.csv,b.csv] or data='exports/*.csv'
  data=shop.db table=bookings           a database: a table, or query="SELECT ..."; of a workbook: sheet=NAME
  columns=columns.yaml | acuity         which column is what: a file of yours, or a name of configs/data/*.yaml; without
                                        it, columns are recognised
  columns.timezone=Europe/Paris         any key of the mapping; columns.price=null goes on without a column"""
BOOKINGS = """\
  name=mine                             of the market that comes out
  since=2023-01-01 until=2024-06-30     first and last day that are read; who was seen before is no new client
  holdout_from=2024-01-01               fit before this day, forecast from it on, and compare
  forecast_forms=[bg,mbg,pareto,ageing] which client models the forecast mixes; also: lapsing
  replications=8 forecast_runs=400 seed=7   runs of the fitted market and of the hold-out, which random numbers
  market=personal_care                  whose numbers hold where the file says nothing
  market_folder=configs/market          where NAME.yaml goes; by default the folder market in out, for --config-dir
  out=DIR                               where tables, charts and the page go"""
MARKET = """\
  market=personal_care                  which market: a name of configs/market/*.yaml
  market.clients.one_time_share=0.5     any key of the market
  arms.wecasa_2025.score.min_sessions=15   any key of an arm"""
STUDIED = """\
  studied=wecasa_2025                   the arm whose scores the charts show"""
EXECUTORS = """\
  executor=serial | local | dask        where runs are simulated: in this process, in one process per core, or by a dask cluster,
                                        with executor.address=tcp://HOST:PORT and a store in a folder that its machines share
  executor.time_limit_seconds=600       a run that takes longer is ended and named, the others complete"""
RUNS = f"""\
  longest_window_months=12              leave out metrics that need clients followed for longer (6, 12 or 24)
{EXECUTORS}"""
OUT = """\
  out=DIR store=DIR                     where results go; runs already in the store are not simulated again"""
EXPORT = """\
  export=duckdb:out.db | parquet:DIR    the results as tables for a notebook or dashboard; the first needs
                                        pip install 'mission-dispatch-sim[sql]'"""
DECISION = """\
  decision.primary=return_rate_6m decision.smallest_effect=.003   what decides, and the smallest improvement that matters
  decision.guardrails.exposure_gini.up_at_most=.05   how far a guardrail may go away from the control; one more:
                                        '+decision.guardrails.late_share={up_at_most: .01}', one less:
                                        '~decision.guardrails.fill_rate'"""
LANG = """\
  report.lang=fr                        language of page, figures and scorecard: en, fr or de; to change it later, without
                                        simulating: python -m experiments.report out=DIR lang=fr"""
PAGE = """\
  out=DIR                               where the page, quality.json and columns.yaml go
  report.lang=fr                        language of the page: en, fr or de"""
ENGINE = """\
  engine=simpy                          the readable engine instead of the compiled one: same results, slower"""
REPLAYED = """\
  mode=first_requests | all_requests    simulate what follows a client's first request, or take every request from the file
  pros=market | file                    the market's pros, or as many as the file has, when and where they were booked
  since=2024-01-01 until=2024-12-31     first and last day that are replayed; clients from before are known clients
  known_clients=drawn | in_file         draw what known clients do next from their histories, or take it from the file
  'services={Coupe: hair}' other_services=hair   names of the file as services of the market, and what all unknown names are
  slot_before_request=left_out          leave out rows that were asked for after their start, instead of refusing them
  warmup_days=60                        days that only fill the market; by default the market's, at most a third of the file"""
WORLDS = """\
  worlds=64                             plausible markets in which the decision is looked at: up to 16 the recommended arm, once in
                                        each; more: all arms, what it depends on and what to measure; 0: none
  plausible=personal_care               which markets are plausible: a name of configs/worlds/*.yaml; by default the market's own"""
LAB = """\
  lab=true                              simulate experiments of what is to be rolled out, too: can a real one measure it?"""
DESIGNS = """\
  arm=[uniform,mine] control=uniform    the control, and what is tried: two arms
  design=[client,zone,switchback]       designs of the experiment: names of configs/design/*.yaml
  designs.switchback.period_days=14     any key of a design
  days=182 start_days=400               how long experiments last, and when they begin (by default after the warm-up); clients are
                                        followed for 183 days more
  outcome=returned_6m                   of each new client; also: returned_60d, completed, contribution_6m_eur
  smallest_effect=.003 within_weeks=52  what matters of it, and how long a team would wait
  scores=shared | separate              scores from all sessions, or from those that the own arm led to
  worlds=16 decision_years=2            plausible markets from which is told what an experiment is worth (0: none), and how long
                                        what is decided stays decided
  replications=64 seed=7 workers=2      experiments of each design, which random numbers, how many processes (0: one per core)"""
OBSERVED = """\
  a real experiment: bookings of all clients, with the group of each in one more column
  data=bookings.csv columns.group=variant 'design=[client]' start=2024-01-08 end=2024-06-30
                                        what was randomised (one of client, pro, zone, switchback, zone_switchback, staged,
                                        before_after), first and last day; designs.client.share=.2: what share was meant
  'groups={control: A, treated: B}'     which group is which, where the words of the file do not say it
  assignments=groups.csv                the groups in a file of their own, with a column that the bookings have, too
  simulate=false                        the file alone, without simulated experiments beside it"""
LOGGED = """\
  arm=[uniform,mine,wecasa_2025] control=uniform   the policy that made the simulated logs, and those that are judged by them
  outcome_days=183                      within which a client who comes back books again
  effective_n=1000                      decisions that a log should weigh like
  temperatures=[.1,.3]                  of softmax: what exploring by it would give and cost
  replications=8 seed=7 workers=2       simulated logs, which random numbers, how many processes (0: one per core)"""
DISPATCH = """\
  a team's own log: a row a booking, with the pros who could have been chosen for it in one cell
  data=dispatch.csv columns.candidates=free columns.propensity=chance
                                        candidates: ann|bea|cem, or a JSON list; propensity: of the chosen, or one a candidate
                                        (without it, it is estimated); every arm is judged, control= says nothing"""
TUNE = """\
  experiment=frontier                   the prepared space: allocators, strength, floor, temperature and threshold of scores
  'search={arm.allocator.strength: {low: 0, high: 8}, arm.score.min_sessions: [0, 30, 60], arm.allocator: [fidelity, softmax]}'
                                        keys of the arm and what they may be: a list, or a range, with log: true for a scale of
                                        factors, or step: 1 for whole numbers; a key that only one allocator has is fine
  arm=wecasa_2025                       the one arm that is varied; as it is, it is on the charts as today's rule
  control=uniform 'landmarks=[uniform,rating]'   whom guardrails compare with, and arms that are run beside the finalists
  maximise=return_rate_6m               the best setting within the guardrails; minimise=late_share where less is better
  'objectives=[return_rate_6m,exposure_gini]'   or one to three metrics, and the front between them; {NAME: down} says which way
  budget=400 confirmed_share=.4         runs in all, and the part of them on fresh random numbers; a larger budget goes on
  sampler=tpe | nsga2 | gp              densities of good settings; a population, for thousands of runs; a Gaussian process
  generation=16 finalists=8             settings tried side by side, and settings run again, at most
  worlds=16                             replications lie in plausible worlds, one after another: for what holds in most of them
  delta=.003 alpha=.05                  with one objective: smallest lead worth finding, allowed probability of a worse choice
  seed=7 workers=2                      which random numbers, how many processes (0: one per core)"""
LIMITS = """\
  decision.guardrails.exposure_gini.up_at_most=.05   how far a guardrail may go away from the control; one less:
                                        '~decision.guardrails.fill_rate'"""
HELP: Mapping[str, tuple[str, ...]] = {
    "compare": (ARMS, CONTROL, REPLICATIONS, PRECISION, DECISION, WORLDS, LAB, MARKET, STUDIED, RUNS, OUT, EXPORT, LANG, ENGINE),
    "realism": (ONE_ARM, REPLICATIONS, MARKET, RUNS, OUT, LANG, ENGINE),
    "study": (FACTORS, ARMS, REPLICATIONS, MARKET, RUNS, OUT, EXPORT, ENGINE),
    "doctor": (SOURCE, PAGE),
    "calibrate": (SOURCE, BOOKINGS, EXPORT),
    "replay": (SOURCE, REPLAYED, ARMS, CONTROL, REPLICATIONS, PRECISION, WORLDS, LAB, MARKET, STUDIED, RUNS, OUT, EXPORT, ENGINE),
    "select": (ARMS, RACE, MARKET, RUNS, OUT, ENGINE),
    "offpolicy": (LOGGED, DISPATCH, SOURCE, MARKET, EXECUTORS, OUT, LANG, ENGINE),
    "tune": (TUNE, LIMITS, MARKET, RUNS, OUT, LANG, ENGINE),
    "lab": (DESIGNS, OBSERVED, SOURCE, MARKET, RUNS, OUT, LANG, ENGINE),
}
"""By job: what its ``--help`` says about overrides."""
OWN_POLICY = """\
your own policy:
  one class in sim/allocators/mine.py and one configs/allocator/mine.yaml, then arm=[uniform,mine]; or a class of your own package:
  SIM_PLUGINS=their_pkg and a folder of yaml files given with --config-dir
"""


def help_text(job: str) -> str:
    """What ``--help`` says below the options; for a job without a text of its own, what all jobs share."""
    blocks = HELP.get(job, (ARMS, MARKET, RUNS, OUT, ENGINE))
    policies = [] if job == "doctor" else ["", OWN_POLICY]
    return "\n".join(["overrides (key=value, as many as you like):", *blocks, *policies])
