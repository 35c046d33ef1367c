"""What travels between Python and the browser: tensors as bytes, requests, answers."""
