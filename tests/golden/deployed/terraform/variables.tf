# Made by oftra from program.oftra: edits belong there.

variable "folder" {
  description = "The folder of the workspace that notebooks go to"
  type        = string
  default     = "/Shared/shop"
}

variable "paused" {
  description = "Whether schedules and triggers are paused"
  type        = bool
  default     = false
}

variable "alert_oncall" {
  description = "The id of the notification destination for oncall"
  type        = string
}

variable "LAKE" {
  description = "What the environment's LAKE is elsewhere"
  type        = string
  default     = "data"
}

variable "catalog" {
  description = "The catalog of tables that name none"
  type        = string
  default     = "main"
}

variable "root" {
  description = "Where relative paths start"
  type        = string
  default     = "/Volumes/main/sales/files"
}
