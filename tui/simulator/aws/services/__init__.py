"""Handlers of the AWS services that are not part of the ECS engine, one file a service."""
