# Made by oftra from program.oftra: edits belong there.

terraform {
  required_providers {
    databricks = {
      source  = "databricks/databricks"
      version = ">= 1.60"
    }
  }
}

resource "databricks_notebook" "customers_report" {
  path   = "${var.folder}/customers_report"
  source = "${path.module}/notebooks/customers_report.py"
}

resource "databricks_notebook" "daily" {
  path   = "${var.folder}/daily"
  source = "${path.module}/notebooks/daily.py"
}

resource "databricks_notebook" "shop_gate" {
  path   = "${var.folder}/shop_gate"
  source = "${path.module}/notebooks/shop_gate.py"
}

resource "databricks_workspace_file" "shop_support" {
  path   = "${var.folder}/shop_support.py"
  source = "${path.module}/notebooks/shop_support.py"
}

resource "databricks_secret_scope" "crm" {
  name = "crm"
}
