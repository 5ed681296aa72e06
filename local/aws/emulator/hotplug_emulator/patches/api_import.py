"""REST APIs imported from an OpenAPI document."""

import functools
from typing import Any

from ._version import require_known_emulator


def import_methods_of_the_root() -> None:
    """A document may have methods at `/`; 1.3.2 keeps the new API's own root, which has none."""
    require_known_emulator()
    from localemu.services.apigateway.legacy import provider

    import_all_below = provider.import_api_from_openapi_spec

    @functools.wraps(import_all_below)
    def import_all(rest_api: Any, context: Any, open_api_spec: dict[str, Any], mode: Any) -> Any:
        is_new = not any(resource.resource_methods for resource in rest_api.resources.values())
        if is_new and open_api_spec.get("paths"):
            rest_api.resources.clear()  # the document's paths recreate it
        return import_all_below(rest_api, context=context, open_api_spec=open_api_spec, mode=mode)

    provider.import_api_from_openapi_spec = import_all
