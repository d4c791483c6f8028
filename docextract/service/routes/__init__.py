"""The service's routes; one file a group of them."""
