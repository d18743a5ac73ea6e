"""Where rows come from: AWS and Kubernetes clients that write to the store and read from it only who is interested."""
