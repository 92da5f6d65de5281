# Databricks notebook source
# MAGIC %md
# MAGIC # Gates
# MAGIC
# MAGIC A gate of a pipeline, as the notebook before measured it: if it does not hold, this notebook fails, or says so.
# MAGIC
# MAGIC Made by oftra from program.oftra: edits belong there.

# COMMAND ----------

import json

from shop_support import Closed, said

# COMMAND ----------

dbutils.widgets.text("gate", "", "What was measured, as the notebook before tells it")
gate = json.loads(dbutils.widgets.get("gate"))
dbutils.jobs.taskValues.set(key="holds", value=str(gate["holds"]).lower())
print(said(gate))

# COMMAND ----------

if not gate["holds"] and gate["action"] in ("stop", "retry"):
    raise Closed(None, said(gate))
dbutils.notebook.exit(said(gate))
