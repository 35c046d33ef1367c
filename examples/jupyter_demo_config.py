"""JupyterLab for `make demo`: as installed, but without looking for news, updates or rebuilds."""

config = get_config()  # noqa: F821 -- Jupyter puts it into a configuration file's names
config.ServerApp.ip = "127.0.0.1"
config.ServerApp.open_browser = False
config.LabApp.default_url = "/lab/tree/tour.ipynb"
config.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
config.LabApp.news_url = None
config.LabApp.extension_manager = "readonly"
config.ServerApp.tornado_settings = {
    "page_config_data": {"buildAvailable": False, "buildCheck": False}
}
