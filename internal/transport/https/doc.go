// Package https is the HTTP API of the gateway, for partners and for the staff: bytes in, and what became of them out.
//
// It is a transport like the others: a body is handed to the Service as a transport.Delivery, and the sender is told
// yes only with the receipt. OpenAPI 3.1 describes every operation at /openapi.json; errors are RFC 9457 problems;
// digests are RFC 9530; traces are W3C trace context. Bodies are never held in memory: they stream through limits on
// size, on what they unpack to, and on how slowly they may come.
//
// /livez, /readyz and /metrics stand beside the API, or on a listener of their own.
package https
