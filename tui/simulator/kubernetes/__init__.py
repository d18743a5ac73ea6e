"""simulator/kubernetes"""
