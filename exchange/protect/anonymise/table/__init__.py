"""A table on its way in and out: `opened.opened` joins reading, coding and writing, here or by an engine."""
