"""The rows of one release: which cells to withhold so that every group of look-alikes keeps the promise."""
