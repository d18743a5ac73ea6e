"""The embedded world: an AWS account and an EKS cluster that move, over real HTTP, in a process of its own.

Nothing here imports anything else of pierhead. ``launch.start`` runs it as a child, ``process.simulate`` in the foreground.
"""
