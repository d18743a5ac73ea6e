"""What keeps the cluster moving: controllers that bring the world to what the specs say, one file a kind."""
