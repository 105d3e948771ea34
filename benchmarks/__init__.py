"""How fast Hilum is beside what it could be at best; ``make bench`` prints it.

Absolute times say little on a shared machine. Each case is run in turn with the others of its row,
and what counts is the ratio of one run to the run beside it.
"""
