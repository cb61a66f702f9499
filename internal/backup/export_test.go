package backup

func init() { page = 7 }
