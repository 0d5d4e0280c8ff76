"""What will known clients do? Forms of a client's relation, chosen and mixed for forecasting on rolling origins, with intervals."""
