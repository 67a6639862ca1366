using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Kilometers.Contracts.Api;

/// <summary>
/// How the API's bodies are read and written: camelCase, no nulls. Unknown members are passed over, so that an older km understands a newer
/// API; missing and duplicate ones are an error.
/// </summary>
public static class ApiJson
{
    /// <summary>For serializers that look types up: all records of the API.</summary>
    public static IJsonTypeInfoResolver Resolver => ApiJsonContext.Default;

    /// <summary>How one record is read and written.</summary>
    /// <typeparam name="T">A record of this namespace that is a body.</typeparam>
    /// <exception cref="NotSupportedException">It is not a body.</exception>
    public static JsonTypeInfo<T> Of<T>() =>
        ApiJsonContext.Default.GetTypeInfo(typeof(T)) as JsonTypeInfo<T>
        ?? throw new NotSupportedException($"{typeof(T)} is not a body of the API");
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16
)]
[JsonSerializable(typeof(AvailablePlugins))]
[JsonSerializable(typeof(ProvisionRequest))]
[JsonSerializable(typeof(ProvisionedPackages))]
[JsonSerializable(typeof(EntitlementRequest))]
[JsonSerializable(typeof(EntitlementAnswer))]
[JsonSerializable(typeof(SubscriptionStatus))]
[JsonSerializable(typeof(ApiProblem))]
[JsonSerializable(typeof(NewCustomer))]
[JsonSerializable(typeof(CustomerRecord))]
[JsonSerializable(typeof(CustomerList))]
[JsonSerializable(typeof(CustomerName))]
[JsonSerializable(typeof(CustomerUsage))]
[JsonSerializable(typeof(CustomerDeletionRecord))]
[JsonSerializable(typeof(SubscriptionChange))]
[JsonSerializable(typeof(NewApiKey))]
[JsonSerializable(typeof(KeyRotation))]
[JsonSerializable(typeof(ApiKeyRecord))]
[JsonSerializable(typeof(CreatedApiKey))]
[JsonSerializable(typeof(ApiKeyList))]
[JsonSerializable(typeof(ReleaseRecord))]
[JsonSerializable(typeof(ReleaseList))]
[JsonSerializable(typeof(BuildRecord))]
[JsonSerializable(typeof(BuildList))]
[JsonSerializable(typeof(RevocationChange))]
[JsonSerializable(typeof(RevocationRecord))]
[JsonSerializable(typeof(NewIssuerKey))]
[JsonSerializable(typeof(IssuerKeyRecord))]
[JsonSerializable(typeof(IssuerKeyList))]
[JsonSerializable(typeof(AuditLines))]
[JsonSerializable(typeof(AuditHeadRequest))]
[JsonSerializable(typeof(AuditReceipt))]
[JsonSerializable(typeof(AuditReceiptList))]
[JsonSerializable(typeof(InsightBatch))]
[JsonSerializable(typeof(InsightBatchResult))]
[JsonSerializable(typeof(InsightReport))]
[JsonSerializable(typeof(KmReleaseList))]
[JsonSerializable(typeof(KmReleaseRecord))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;
