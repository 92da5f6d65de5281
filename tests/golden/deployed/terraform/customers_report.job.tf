# Made by oftra from program.oftra: edits belong there.

resource "databricks_job" "customers_report" {
  name                = "customers_report"
  max_concurrent_runs = 1

  trigger {
    pause_status = var.paused ? "PAUSED" : "UNPAUSED"

    table_update {
      table_names = ["${var.catalog}.sales.countries"]
      condition   = "ANY_UPDATED"
    }
  }

  queue {
    enabled = true
  }

  parameter {
    name    = "start"
    default = ""
  }

  parameter {
    name    = "end"
    default = "{{job.start_time.iso_datetime}}"
  }

  parameter {
    name    = "LAKE"
    default = var.LAKE
  }

  parameter {
    name    = "catalog"
    default = var.catalog
  }

  parameter {
    name    = "root"
    default = var.root
  }

  job_cluster {
    job_cluster_key = "cluster"

    new_cluster {
      spark_version      = "17.3.x-scala2.13"
      node_type_id       = "i3.xlarge"
      num_workers        = 2
      data_security_mode = "SINGLE_USER"
    }
  }

  task {
    task_key        = "customers_report"
    job_cluster_key = "cluster"

    notebook_task {
      notebook_path = databricks_notebook.customers_report.path
      base_parameters = {
        show = "no"
      }
    }
  }
}

resource "databricks_permissions" "customers_report" {
  job_id = databricks_job.customers_report.id

  access_control {
    group_name       = "analysts"
    permission_level = "CAN_VIEW"
  }

  access_control {
    user_name        = "ann@example.com"
    permission_level = "CAN_VIEW"
  }
}
