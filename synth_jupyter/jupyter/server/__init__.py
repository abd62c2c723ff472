"""HTTP: the verbs below `/synth/api/` of a Jupyter Server, with the same JSON documents as `--json`.

Nothing here is imported but by the server that loads the extension, or by the processes that it starts.
"""
