"""AWS Account Management: the regions of the account, which other consoles list to switch between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import Call, operation, paginate
from tui.simulator.aws.services.ec2 import REGIONS

if TYPE_CHECKING:
    from tui.simulator.world import World


@operation("account", "ListRegions")
def list_regions(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    wanted = request.get("RegionOptStatusContains") or ["ENABLED_BY_DEFAULT"]
    found = [{"RegionName": name, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for name in REGIONS]
    page, more = paginate(
        found if "ENABLED_BY_DEFAULT" in wanted else [],
        request,
        token_in="NextToken",
        token_out="NextToken",
        limit="MaxResults",
        error="ValidationException",
    )
    return {"Regions": list(page), **more}
