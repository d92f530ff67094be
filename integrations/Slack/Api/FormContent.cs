using System.Globalization;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using Refit;

namespace Integrations.Slack.Api;

/// <summary>
/// Arguments go as Slack's own clients send them, to every method alike: a form in which structured arguments (blocks, views,
/// metadata) are JSON in text. Answers are JSON.
/// </summary>
internal sealed class FormContent : IHttpContentSerializer
{
    public HttpContent ToHttpContent<T>(T item) => new FormUrlEncodedContent(Fields(item!));

    public async Task<T?> FromHttpContentAsync<T>(HttpContent content, CancellationToken cancellationToken = default) =>
        await content.ReadFromJsonAsync<T>(SlackJson.Options, cancellationToken);

    public string? GetFieldNameForProperty(PropertyInfo propertyInfo) => JsonNamingPolicy.SnakeCaseLower.ConvertName(propertyInfo.Name);

    private static IEnumerable<KeyValuePair<string, string>> Fields(object arguments)
    {
        foreach (var field in JsonSerializer.SerializeToElement(arguments, arguments.GetType(), SlackJson.Options).EnumerateObject())
        {
            var text = field.Value.ValueKind switch
            {
                JsonValueKind.String => field.Value.GetString()!,
                JsonValueKind.True => "true",
                JsonValueKind.False => "false",
                JsonValueKind.Number => field.Value.GetDecimal().ToString(CultureInfo.InvariantCulture),
                _ => field.Value.GetRawText(),
            };
            yield return KeyValuePair.Create(field.Name, text);
        }
    }
}
