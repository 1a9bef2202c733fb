"""The pages for the property manager, server-rendered."""

from api.pages import alert, device, ledger, overview

ROUTERS = (overview.router, alert.router, device.router, ledger.router)
