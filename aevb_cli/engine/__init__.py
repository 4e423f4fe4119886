"""Ray: other processes, here or on other machines, which compute pure functions. Nothing else imports it.

Ray's own words reach no stream of this process.
"""
