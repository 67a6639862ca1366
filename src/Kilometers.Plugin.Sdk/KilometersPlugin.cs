using System.Reflection;
using Kilometers.Contracts;
using Kilometers.Plugin.Sdk.Authorization;
using Kilometers.Plugin.Sdk.Observing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kilometers.Plugin.Sdk;

/// <summary>
/// A plugin: derive from it, and serve it with <see cref="PluginServer"/>. An instance observes one session. Handlers are called one at a
/// time, in the order of the session. What they throw is logged, counted and reported to the host; the plugin continues.
/// </summary>
public abstract class KilometersPlugin
{
    /// <summary>The plugin's name: lower-case letters, digits and hyphens, beginning with a letter, 2 to 63 characters.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The plugin's version, by semver.org; the one that its manifest says. Default: that of its assembly (the project's <c>Version</c>),
    /// without build metadata.
    /// </summary>
    public virtual string Version =>
        GetType().Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    /// <summary>The lowest tier the plugin runs in.</summary>
    public abstract Tier RequiredTier { get; }

    /// <summary>The features of the customer's entitlement the plugin uses. Default: none.</summary>
    public virtual IReadOnlyList<string> Features => [];

    /// <summary>What should happen to messages that come faster than they are handled. Default: <see cref="DeliveryWish.BestEffort"/>.</summary>
    public virtual DeliveryWish Delivery => DeliveryWish.BestEffort;

    /// <summary>
    /// What the plugin wants to see. Read once, when <see cref="Configuration"/> is known; of a plugin that serves many sessions before any
    /// of them begins. Default: everything.
    /// </summary>
    public virtual Interest Interest => Interest.Everything;

    /// <summary>Writes to km's log, as this plugin. Usable from the first call of any method on; before that it goes nowhere.</summary>
    protected internal ILogger Logger { get; internal set; } = NullLogger.Instance;

    /// <summary>The session. Known from <see cref="InitializeAsync"/> on.</summary>
    protected internal SessionInfo Session { get; internal set; } = new();

    /// <summary>The configuration. Known from <see cref="InitializeAsync"/> on.</summary>
    protected internal PluginConfiguration Configuration { get; internal set; } = new();

    /// <summary>
    /// Prints for the person at this session's terminal; km puts the plugin's name before each line. Known from
    /// <see cref="InitializeAsync"/> on; before that it goes nowhere.
    /// </summary>
    protected internal TextWriter Output { get; internal set; } = TextWriter.Null;

    /// <summary>Decides by the seal of this executable; read when the first decision is due.</summary>
    internal Lazy<SealedAuthorization> Sealed { get; init; } = new(SealedAuthorization.OfThisProcess);

    /// <summary>What the customer may use, as the last <see cref="AuthenticateAsync"/> granted it.</summary>
    protected internal Entitlement Entitlement { get; internal set; } = Entitlement.None;

    /// <summary>
    /// Whether the plugin may run. Called before <see cref="InitializeAsync"/> and again on every refresh, possibly while messages are
    /// handled. Default: a plugin that requires the free tier may, and with an entitlement that the issuer in its own seal signed for its
    /// customer and its build, it has that one instead of <see cref="Authorization.Entitlement.Free"/>; any other only with such an
    /// entitlement, of its tier (<c>PLG_AUT_002</c> to <c>PLG_AUT_006</c>, <c>PLG_TIER_001</c>).
    /// </summary>
    /// <param name="request">What the host presents.</param>
    /// <param name="cancellationToken">Cancelled when the host no longer waits.</param>
    public virtual ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (RequiredTier == Tier.Free && request.EntitlementToken.Length == 0)
            return new(AuthenticationResult.Granted(Entitlement.Free));
        var decided = Sealed.Value.Decide(this, request);
        return new(decided.IsGranted || RequiredTier != Tier.Free ? decided : AuthenticationResult.Granted(Entitlement.Free));
    }

    /// <summary>Prepares for the session's messages; <see cref="Session"/> and <see cref="Configuration"/> are known. What it throws keeps the plugin from being used in the session.</summary>
    /// <param name="cancellationToken">Cancelled when the host no longer waits.</param>
    public virtual ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Called for each message of interest. The payload may be kept, without a copy.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Cancelled when the plugin must stop.</param>
    public virtual ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Called for each error in observing the session.</summary>
    /// <param name="error">The error.</param>
    /// <param name="cancellationToken">Cancelled when the plugin must stop.</param>
    public virtual ValueTask HandleErrorAsync(ObservedError error, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Called for what happens to the session other than messages.</summary>
    /// <param name="streamEvent">What happened; pass over types you do not know.</param>
    /// <param name="cancellationToken">Cancelled when the plugin must stop.</param>
    public virtual ValueTask HandleStreamEventAsync(StreamEvent streamEvent, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    /// <summary>Writes out and releases what the instance holds. Called once, after the session's last handler, also when the host is gone or SIGTERM came.</summary>
    /// <param name="cancellationToken">Cancelled at the host's deadline; the process is ended soon after.</param>
    public virtual ValueTask ShutdownAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
