// Package wire is what both halves of the pair share: the handshake, the generated service, and its go-plugin wrapper.
package wire

//go:generate protoc --go_out=plugins=grpc,paths=source_relative:. bench.proto

import (
	"context"
	"errors"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// Handshake must be the same in host and plugin.
var Handshake = plugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "KILOMETERS_BENCH",
	MagicCookieValue: "go-pair",
}

// BenchPlugin serves Service in the plugin and gives a BenchClient in the host.
type BenchPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	Service BenchServer
}

// GRPCServer registers the plugin's service.
func (p *BenchPlugin) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	if p.Service == nil {
		return errors.New("no server in this process")
	}
	RegisterBenchServer(server, p.Service)
	return nil
}

// GRPCClient gives the host its client.
func (p *BenchPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, connection *grpc.ClientConn) (interface{}, error) {
	return NewBenchClient(connection), nil
}
