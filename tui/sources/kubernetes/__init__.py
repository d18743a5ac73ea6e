"""sources/kubernetes"""
