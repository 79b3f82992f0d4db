"""The messages and stubs of the gateway, generated from its protos."""
