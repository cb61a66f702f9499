package https

import "encoding/json"

// rawJSON is JSON that is handed through as it is.
type rawJSON = json.RawMessage
