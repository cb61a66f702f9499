package https

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the numbers of the transport. Routes are those of the document, so that nobody can make new series by
// asking for odd paths.
type metrics struct {
	duration    *prometheus.HistogramVec // by route and status
	problems    *prometheus.CounterVec   // by code
	received    prometheus.Counter
	sent        prometheus.Counter
	inFlight    prometheus.Gauge
	bodies      prometheus.Gauge
	connections prometheus.Gauge
	repeated    prometheus.Counter
}

func newMetrics(reg *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "cargogate_http_request_duration_seconds", Help: "Time of a request from its header to the end of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}, []string{"route", "status"}),
		problems: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cargogate_http_problems_total", Help: "Requests answered with a problem, by its code."}, []string{"code"}),
		received: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cargogate_http_received_bytes_total", Help: "Bytes of bodies received, as they were sent."}),
		sent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cargogate_http_sent_bytes_total", Help: "Bytes of bodies sent."}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cargogate_http_requests_in_flight", Help: "Requests in progress."}),
		bodies: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cargogate_http_bodies_in_flight", Help: "Bodies of messages that are being received."}),
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cargogate_http_connections", Help: "Open connections."}),
		repeated: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cargogate_http_repeated_total", Help: "Messages that repeated an Idempotency-Key."}),
	}
	for _, c := range []prometheus.Collector{m.duration, m.problems, m.received, m.sent, m.inFlight, m.bodies, m.connections, m.repeated} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("https: metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) observe(_ *http.Request, c *call, took time.Duration) {
	route := c.route
	if route == "" {
		route = "other"
	}
	m.duration.WithLabelValues(route, strconv.Itoa(c.w.status)).Observe(took.Seconds())
	if c.code != "" {
		m.problems.WithLabelValues(c.code).Inc()
	}
	m.received.Add(float64(c.body.bytes))
	m.sent.Add(float64(c.w.bytes))
}

// connection gives the hook that counts connections.
func (m *metrics) connection() func(net.Conn, http.ConnState) {
	return func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			m.connections.Inc()
		case http.StateClosed, http.StateHijacked:
			m.connections.Dec()
		}
	}
}
