"""The AWS front: one generic front from botocore's service models, and the handlers behind it."""
