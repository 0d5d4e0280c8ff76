"""The explorer in a real browser."""

import socket
import urllib.request
from dataclasses import replace

import pytest
import yaml

from experiments.explorer.gather import from_choice
from experiments.explorer.reproduce import experiment_yaml
from experiments.explorer.tables import headline_table
from tests.experiments.explorer.tiny import TINY

pytestmark = pytest.mark.e2e
MILLISECONDS = 60_000
# the controls are left as they are, but for the market and what it needs
CHOICE = replace(TINY, size_percent=50, replications=8)


@pytest.fixture
def page(browser, server):
    """A page that is let nowhere but to the server, and everything it asked for."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(MILLISECONDS)
    opened = context.new_page()
    opened.asked = []

    def only_home(route):
        opened.asked.append(route.request.url)
        if route.request.url.startswith((server.url, "data:", "blob:")):
            route.continue_()
        else:
            route.abort()

    context.route("**/*", only_home)
    opened.on("websocket", lambda socket: opened.asked.append(socket.url.replace("ws://", "http://")))
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.goto(server.url)
    opened.get_by_role("button", name="Simulate this setting").wait_for()
    settle(opened)
    yield opened
    context.close()


def choose(page, label, option):
    box = page.get_by_role("combobox", name=label).first
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option).first.wait_for()
    box.press("Enter")
    settle(page)


def settle(page):
    """Wait until the server has answered: it begins within a moment, and the page says when it is done."""
    page.wait_for_timeout(200)
    page.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'")


def in_tiny_market(page):
    choose(page, "Follow clients for", "12 months")
    choose(page, "Market", "tiny")
    # half of the pros and clients of that market
    page.get_by_text("10 pros, 1.5 new clients a day").wait_for()


def test_a_small_market_is_simulated_and_the_page_shows_the_numbers_of_the_api(page, server, tmp_path):
    in_tiny_market(page)
    page.get_by_role("button", name="Simulate this setting").click()
    page.get_by_role("heading", name="The table").wait_for()
    expected = headline_table(from_choice(CHOICE, server.folders).comparison)
    rows = page.get_by_role("table").first.get_by_role("row").all_inner_texts()
    shown = [[cell.strip() for cell in row.split("\t")] for row in rows]
    assert shown[0] == list(expected)
    assert shown[1:] == [list(cells) for cells in zip(*expected.values(), strict=True)]
    settle(page)
    charts = page.get_by_test_id("stImageContainer").locator("img")
    assert charts.count() >= 7
    assert all(chart.get_attribute("alt") for chart in charts.all())
    assert page.get_by_text("Deploy").count() == 0

    page.get_by_role("tab", name="Take away").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Setting as yaml").click()
    download.value.save_as(tmp_path / "explored.yaml")
    text = (tmp_path / "explored.yaml").read_text()
    assert text == experiment_yaml(CHOICE, server.folders.config_dirs)
    assert yaml.safe_load(text)["replications"] == 8

    assert page.problems == []
    assert [url for url in page.asked if not url.startswith((server.url, "data:", "blob:"))] == []
    assert any("_stcore/stream" in url for url in page.asked)


def test_a_setting_that_cannot_be_is_refused_at_its_control_and_keyboards_and_phones_will_do(page):
    in_tiny_market(page)
    field = page.get_by_role("spinbutton", name="Threshold, sessions").first
    field.fill("-1")
    field.press("Enter")
    page.get_by_text("arms.wecasa_2025.score.min_sessions = -1, must be >= 0").wait_for()
    # the message comes before the button of the same run of the page
    settle(page)
    assert page.get_by_role("button", name="Simulate this setting").is_disabled()
    assert page.get_by_text("Traceback").count() == 0
    field.fill("20")
    field.press("Enter")
    page.get_by_text("must be >= 0").wait_for(state="detached")
    settle(page)
    # by keyboard alone
    page.get_by_role("button", name="Simulate this setting").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="The charts").wait_for()
    settle(page)
    page.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_text("Change something in setting B").wait_for()
    # on a phone nothing sticks out to the side
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("tab", name="People").click()
    page.get_by_role("heading", name="One client").wait_for()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert page.problems == []


def own_addresses():
    """Addresses of this machine that are not the loopback's; the socket sends nothing."""
    found = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found.add(probe.getsockname()[0])
        except OSError:
            pass
    found |= {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    # the whole of 127/8 is the loopback: an address of it that the server was not given stands in where there is no other
    return {address for address in found if address != "127.0.0.1"} | {"127.0.0.2"}


def test_the_server_answers_no_other_address_of_this_machine(server):
    assert urllib.request.urlopen(server.url, timeout=5).status == 200  # noqa: S310 - our own server
    for address in own_addresses():
        with pytest.raises(OSError), socket.create_connection((address, server.port), timeout=2):
            pass


def test_a_page_of_another_name_is_not_let_in(server):
    # what a browser would send for a name that somebody else has pointed to 127.0.0.1
    lines = ["GET /_stcore/stream HTTP/1.1", "Host: {}", "Connection: Upgrade", "Upgrade: websocket"]
    lines += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw=="]
    for host, status in ((f"127.0.0.1:{server.port}", b" 101 "), ("evil.example", b" 403 ")):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").format(host).encode())
            assert status in connection.recv(64)
