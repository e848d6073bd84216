package telemetry

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Settings say what is exported by OTLP. They are OpenTelemetry's own variables: the
// SDK reads the rest of them (headers, timeouts, certificates, resources) by itself.
type Settings struct {
	Traces, Metrics bool
	endpoints       map[string]string // by signal
}

// otlp begins the names of the exporter's variables.
const otlp = "OTEL_EXPORTER_OTLP_"

// ReadSettings reads the variables of a process. Nothing is exported where none
// names an endpoint. An error names the variable that the server cannot follow.
func ReadSettings(environ []string) (Settings, error) {
	env := map[string]string{}
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "OTEL_") {
			env[name] = strings.TrimSpace(value)
		}
	}
	s := Settings{endpoints: map[string]string{}}
	if strings.EqualFold(env["OTEL_SDK_DISABLED"], "true") {
		return s, nil
	}
	for signal, on := range map[string]*bool{"TRACES": &s.Traces, "METRICS": &s.Metrics} {
		var err error
		if *on, err = s.exported(env, signal); err != nil {
			return Settings{}, err
		}
	}
	if s.Traces {
		return s, checkSampler(env)
	}
	return s, nil
}

// exported says whether a signal is, and checks what it is exported by.
func (s *Settings) exported(env map[string]string, signal string) (bool, error) {
	name := otlp + signal + "_ENDPOINT"
	endpoint := env[name]
	if endpoint == "" {
		name = otlp + "ENDPOINT"
		endpoint = env[name]
	}
	exporter := "OTEL_" + signal + "_EXPORTER"
	switch {
	case endpoint == "" || env[exporter] == "none":
		return false, nil
	case env[exporter] != "" && env[exporter] != "otlp":
		return false, fmt.Errorf("%s: %q is not known here; give otlp or none", exporter, env[exporter])
	}
	if u, err := url.Parse(endpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return false, fmt.Errorf("%s: is not an address such as http://127.0.0.1:4318", name)
	}
	for _, protocol := range []string{otlp + signal + "_PROTOCOL", otlp + "PROTOCOL"} {
		switch env[protocol] {
		case "http/protobuf":
			return true, nil
		case "":
		default:
			return false, fmt.Errorf("%s: %q is not spoken here; give http/protobuf, and the collector's port for it, mostly 4318", protocol, env[protocol])
		}
	}
	return true, nil
}

func checkSampler(env map[string]string) error {
	samplers := []string{"", "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}
	sampler, argument := env["OTEL_TRACES_SAMPLER"], env["OTEL_TRACES_SAMPLER_ARG"]
	if !slices.Contains(samplers, sampler) {
		return fmt.Errorf("OTEL_TRACES_SAMPLER: %q is not known; give one of %s", sampler, strings.Join(samplers[1:], ", "))
	}
	if strings.HasSuffix(sampler, "traceidratio") && argument != "" {
		if ratio, err := strconv.ParseFloat(argument, 64); err != nil || ratio < 0 || ratio > 1 {
			return fmt.Errorf("OTEL_TRACES_SAMPLER_ARG: %q is not a number from 0 to 1", argument)
		}
	}
	return nil
}
