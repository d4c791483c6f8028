"""The command line; one file a group of commands.

Heavy modules are imported inside the commands, so that ``docextract --help`` comes at once.
"""
