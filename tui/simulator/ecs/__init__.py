"""Amazon ECS that moves, with what hangs on it: load balancers, metrics and alarms, scaling, logs.

``create(world)`` (in ``build``) fills ``world.state["ecs"]`` and its neighbours; modules named ``api_*`` hold the handlers.
"""
