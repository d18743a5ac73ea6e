"""AWS: one connection for each profile and region, and one module a family of objects. Sources are found by scanning."""
