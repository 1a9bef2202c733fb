"""One file a step; `stores.schema.REVISION` names the newest."""
