"""simulator/ecs"""
