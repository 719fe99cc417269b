"""How it is told: pages, data files and tables made from a judged run.  Pure until ``write.py``."""
