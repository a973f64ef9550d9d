"""The rules, all of them: which type of the agreement is carried out by which function.

A rule that is not here cannot be written in an agreement either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from exchange.agreements.tiers import (
    BottomCode,
    Drop,
    GeneraliseAge,
    GeneraliseCountry,
    GeneraliseDate,
    GeneraliseIndustry,
    GeneraliseNumber,
    GeneraliseOwn,
    GeneralisePlace,
    Keep,
    Map,
    Mask,
    Pseudonymise,
    Round,
    RowKey,
    Scrub,
    TopCode,
)
from exchange.redact.bottom_code import bottom_code
from exchange.redact.column import Column
from exchange.redact.drop import drop
from exchange.redact.generalise import generalise, generalise_age
from exchange.redact.keep import keep
from exchange.redact.map import map_codes
from exchange.redact.mask import mask
from exchange.redact.pseudonymise import pseudonymise
from exchange.redact.round import round_to
from exchange.redact.row_key import row_key
from exchange.redact.scrub import scrub
from exchange.redact.setting import Setting
from exchange.redact.top_code import top_code

# Column, the rule as agreed, what else it may look at → the column as it leaves; None: it does not.
Apply = Callable[[Column, Any, Setting], Column | None]

RULES: Mapping[type, Apply] = MappingProxyType(
    {
        Keep: keep,
        Drop: drop,
        Map: map_codes,
        Mask: mask,
        Scrub: scrub,
        Round: round_to,
        TopCode: top_code,
        BottomCode: bottom_code,
        RowKey: row_key,
        Pseudonymise: pseudonymise,
        GeneraliseAge: generalise_age,
        GeneraliseDate: generalise,
        GeneralisePlace: generalise,
        GeneraliseCountry: generalise,
        GeneraliseIndustry: generalise,
        GeneraliseNumber: generalise,
        GeneraliseOwn: generalise,
    }
)
