"""Disclosure control on its own, for any table: what `exchange anonymise` runs.

1. A plan says what each column is and what is asked (`plan`, `plan_file`; PLAN.md).
2. The `table` is read into distinct combinations of quasi-identifiers with their counts (`coded`).
3. A method finds for each combination the labels that it is released with (`recoded`): `full_domain`, `local_labels`,
   `local_ranges`, a folder each, which know nothing of one another; or the recoding of an earlier month (`kept`).
   `finding` calls them. Groups of look-alikes are judged by `models`, what they lose is told by `loss`.
4. What leaves is checked anew by `checking`, which shares no step with the search.
5. `measuring` tells of risk and utility, before and after (REPORT.md); `offers` what to change in a plan that cannot be
   met.
"""
