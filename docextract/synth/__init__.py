"""Documents drawn from templates: pictures whose true values are known."""
