"""What an organisation owes the others beyond the data, a file for each duty of an agreement.

A duty is done by a signed letter and an entry in the log, and most have a clock: something must have happened by then.
Nothing ticks: a clock is read off the log (`clock.py`), so that what is said of it and what was done cannot part.
"""
