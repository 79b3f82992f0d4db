module compat

go 1.21

require github.com/turbot/go-servicenow v0.0.1 // the client under test
