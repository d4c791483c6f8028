"""The web pages of the service, for people who drop pictures. Needs the extra ``[web]``."""
