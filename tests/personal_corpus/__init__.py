"""Sixty files as schools link them, half of them with personal data of pupils, in two halves: ``tune`` and ``held``.

Everybody in them is imagined.  They were written before the code that reads them; what was tuned was tuned on ``tune``
alone.  The folder of a file is the truth about it: ``personal`` (at least three rows with a name and a citizen id, a
mobile telephone or a day of birth of pupils), or ``harmless``.
"""
