# Made by oftra from program.oftra: edits belong there.

resource "databricks_job" "daily" {
  name                = "daily"
  description         = "The shop's days."
  timeout_seconds     = 7200
  max_concurrent_runs = 1
  tags = {
    gold  = ""
    owner = "sales"
  }

  schedule {
    quartz_cron_expression = "0 30 6 ? * MON,TUE,WED,THU,FRI"
    timezone_id            = "Europe/Berlin"
    pause_status           = var.paused ? "PAUSED" : "UNPAUSED"
  }

  health {
    rules {
      metric = "RUN_DURATION_SECONDS"
      op     = "GREATER_THAN"
      value  = 3600
    }
  }

  email_notifications {
    on_failure                             = ["ops@example.com"]
    on_duration_warning_threshold_exceeded = ["ops@example.com"]
  }

  webhook_notifications {
    on_failure {
      id = var.alert_oncall
    }

    on_duration_warning_threshold_exceeded {
      id = var.alert_oncall
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
    name    = "least"
    default = "10"
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
    task_key                  = "daily"
    job_cluster_key           = "cluster"
    max_retries               = 2
    min_retry_interval_millis = 300000

    notebook_task {
      notebook_path = databricks_notebook.daily.path
      base_parameters = {
        show = "no"
      }
    }
  }

  task {
    task_key        = "rows_countries_250"
    job_cluster_key = "cluster"

    depends_on {
      task_key = "daily"
    }

    notebook_task {
      notebook_path = databricks_notebook.shop_gate.path
      base_parameters = {
        gate = "{{tasks.daily.values.rows_countries_250}}"
      }
    }
  }

  task {
    task_key = "rows_countries_250_holds"

    depends_on {
      task_key = "rows_countries_250"
    }

    condition_task {
      op    = "EQUAL_TO"
      left  = "{{tasks.rows_countries_250.values.holds}}"
      right = "true"
    }
  }

  task {
    task_key        = "rows_countries_250_alert"
    job_cluster_key = "cluster"

    depends_on {
      task_key = "rows_countries_250_holds"
      outcome  = "false"
    }

    notebook_task {
      notebook_path = databricks_notebook.shop_gate.path
      base_parameters = {
        gate = "{{tasks.daily.values.rows_countries_250}}"
      }
    }

    email_notifications {
      on_success = ["ops@example.com"]
    }

    webhook_notifications {
      on_success {
        id = var.alert_oncall
      }
    }
  }
}

resource "databricks_permissions" "daily" {
  job_id = databricks_job.daily.id

  access_control {
    group_name       = "analysts"
    permission_level = "CAN_VIEW"
  }

  access_control {
    user_name        = "ann@example.com"
    permission_level = "CAN_VIEW"
  }
}
