"""Disclosure control on its own, for any table: what `exchange anonymise` runs.

A plan (`plan`) says what each column is and what is asked. The table is read into distinct combinations of
quasi-identifiers with their counts (`coded`); a method finds for each combination the labels that it is released with
(`full_domain`, `local_labels`, `local_ranges`: all give a `recoded.Recoded`); groups of look-alikes are judged by
`models`, what is lost is measured by `loss`, and what leaves is checked anew by `checking`, which shares no step with
the search.

What risk there was and is (`risk`, `population`) and what was lost (`utility`) is told by the `report`; where a plan
cannot be met, `offers` says what to change in it, and at what price.
"""
