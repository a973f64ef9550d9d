"""`python -m exchange` is `exchange`."""

from exchange.cli.main import main

main()
