"""JupyterLab for the UI tests: no token, no XSRF check, temporary folders. For localhost only."""

from tempfile import mkdtemp

from jupyterlab.galata import configure_jupyter_server

config = get_config()  # noqa: F821 -- Jupyter puts it into a configuration file's names
configure_jupyter_server(config)
config.ServerApp.ip = "127.0.0.1"
# Tests switch themes and keep widget state: not in the settings of whoever runs them.
config.LabApp.user_settings_dir = mkdtemp(prefix="galata-settings-")
config.ServerApp.allow_root = True
# The same server also serves Notebook 7, Voila and the pages of ui-tests/hosts/vscode.
config.JupyterNotebookApp.expose_app_in_browser = True
# Notebook's own extension does not load in Voila's page, where the two are installed together.
config.VoilaConfiguration.extension_denylist = ["@jupyter-notebook/lab-extension"]
config.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
config.LabApp.news_url = None
config.LabApp.extension_manager = "readonly"
config.Application.log_level = "ERROR"
# No look for a rebuild of JupyterLab, which starts Node for every page.
config.ServerApp.tornado_settings = {
    "page_config_data": {"buildAvailable": False, "buildCheck": False}
}
