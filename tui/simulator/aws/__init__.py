"""simulator/aws"""
